//go:build tools

// Package tools names the etcd that the testbed builds and runs.
package tools

import _ "go.etcd.io/etcd/server/v3"
