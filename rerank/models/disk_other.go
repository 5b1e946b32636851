//go:build !linux && !darwin && !freebsd && !windows

package models

import (
	"errors"
	"syscall"
)

// diskFree is not known here.
func diskFree(string) (bytes int64, known bool) { return 0, false }

func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) }
