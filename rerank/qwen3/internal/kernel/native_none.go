//go:build !amd64 || purego

package kernel

// nativeSets returns the Sets in assembly: none in this build.
func nativeSets() []Set { return nil }
