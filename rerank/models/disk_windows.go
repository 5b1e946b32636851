package models

import (
	"errors"

	"golang.org/x/sys/windows"
)

// diskFree is how many bytes may still be written to the disk of a folder.
func diskFree(dir string) (bytes int64, known bool) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var free, all, unused uint64
	if err := windows.GetDiskFreeSpaceEx(path, &free, &all, &unused); err != nil {
		return 0, false
	}
	return int64(free), true
}

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
