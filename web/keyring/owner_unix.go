//go:build unix

package keyring

import (
	"os"
	"syscall"
)

// sameOwner gives f the owner and the group of another file, where they are others.
func sameOwner(f *os.File, of os.FileInfo) error {
	own, err := f.Stat()
	if err != nil {
		return err
	}
	is, ok := own.Sys().(*syscall.Stat_t)
	want, known := of.Sys().(*syscall.Stat_t)
	if !ok || !known || is.Uid == want.Uid && is.Gid == want.Gid {
		return nil
	}
	return f.Chown(int(want.Uid), int(want.Gid))
}
