//go:build tools

// Package toxiproxy pins the program that stands between a console and an API server in tests of faults.
package toxiproxy

import _ "github.com/Shopify/toxiproxy/v2/cmd/server"
