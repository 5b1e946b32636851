//go:build !purego

package kernel

import (
	"syscall"
	"unsafe"
)

// permitAMX asks the operating system for the use of AMX's tiles, as a process must since Linux 5.16: they add 8 KB to what
// is saved of a thread. Older systems, gVisor and filters of system calls refuse.
func permitAMX() bool {
	const getPermissions, requestPermission, tileConfig, tileData = 0x1022, 0x1023, 17, 18 // ARCH_..._XCOMP_PERM, XFEATURE_...
	if _, _, err := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, requestPermission, tileData, 0); err != 0 {
		return false
	}
	var granted uint64
	_, _, err := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, getPermissions, uintptr(unsafe.Pointer(&granted)), 0)
	return err == 0 && granted>>tileConfig&1 == 1 && granted>>tileData&1 == 1
}
