package models

import (
	"errors"
	"fmt"
	"io/fs"
)

// room refuses to begin what the disk has no room for.
func (p *pull) room(needed int64) error {
	free, known := diskFree(p.store.Dir)
	if !known || needed <= free {
		return nil
	}
	return fmt.Errorf("%s have to come, and the disk of %s has %s free: make room, or name another folder", Bytes(needed), p.store.Dir, Bytes(free))
}

// full says what to do about a disk without room.
func full(err error) error {
	if isFull(err) {
		return fmt.Errorf("%w: make room: what has come is kept", err)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: name a folder that you may write to", err)
	}
	return err
}

// Bytes writes a number of bytes for people, in the decimal units of disks and of Hugging Face.
func Bytes(n int64) string {
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	x, unit := float64(n), 0
	for x >= 999.5 && unit < len(units)-1 {
		x, unit = x/1000, unit+1
	}
	if unit > 0 && x < 9.95 {
		return fmt.Sprintf("%.1f %s", x, units[unit])
	}
	return fmt.Sprintf("%.0f %s", x, units[unit])
}
