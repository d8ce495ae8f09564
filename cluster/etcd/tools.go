//go:build tools

// Package etcd pins the etcd server; there is no code of ours in it.
package etcd

import _ "go.etcd.io/etcd/server/v3"
