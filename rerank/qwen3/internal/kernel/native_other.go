//go:build (!amd64 && !arm64) || purego

package kernel

// native returns the Sets in assembly: none in this build.
func native() []Set { return nil }
