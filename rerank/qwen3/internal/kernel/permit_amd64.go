//go:build !linux && !purego

package kernel

// permitAMX is false where it is not known how to ask for AMX.
func permitAMX() bool { return false }
