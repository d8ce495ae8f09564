//go:build tools

// Package kwok pins the nodes and kubelets that pretend; there is no code of ours in it.
package kwok

import _ "sigs.k8s.io/kwok/cmd/kwok"
