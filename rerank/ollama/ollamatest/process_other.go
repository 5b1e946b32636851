//go:build !unix

package ollamatest

import "os/exec"

// There are no groups here: a server's runners are left to end by themselves, and KillRunners finds none.
func group(*exec.Cmd)               {}
func killGroup(cmd *exec.Cmd)       { _ = cmd.Process.Kill() }
func isInGroup(int, *exec.Cmd) bool { return false }
