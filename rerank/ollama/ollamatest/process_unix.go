//go:build unix

package ollamatest

import (
	"os/exec"
	"syscall"
)

// group makes a process begin a group of its own, to which the processes that it starts belong too.
func group(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends a process and all of its group.
func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// isInGroup tells whether a process belongs to the group that cmd began.
func isInGroup(pid int, cmd *exec.Cmd) bool {
	group, err := syscall.Getpgid(pid)
	return err == nil && group == cmd.Process.Pid
}
