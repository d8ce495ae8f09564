//go:build tools

// Package versitygw pins the object store that stands in for a real one in tests of checkpoints in a bucket.
package versitygw

import _ "github.com/versity/versitygw/cmd/versitygw"
