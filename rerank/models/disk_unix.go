//go:build linux || darwin || freebsd

package models

import (
	"errors"

	"golang.org/x/sys/unix"
)

// diskFree is how many bytes may still be written to the disk of a folder.
func diskFree(dir string) (bytes int64, known bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}

func isFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }
