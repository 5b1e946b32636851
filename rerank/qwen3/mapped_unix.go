//go:build unix

package qwen3

import (
	"io"
	"os"
	"syscall"
)

// mapped returns a section of a file as memory that the system reads when it is looked at and may drop again, or nil if
// the section is of no file or the system does not map it. unmap gives the memory back.
func mapped(s *io.SectionReader) (data []byte, unmap func()) {
	r, offset, size := s.Outer()
	f, ok := r.(*os.File)
	if !ok || size == 0 || int64(int(size)) != size {
		return nil, nil
	}
	begin := offset / int64(os.Getpagesize()) * int64(os.Getpagesize())
	skip := int(offset - begin)
	all, err := syscall.Mmap(int(f.Fd()), begin, skip+int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, nil
	}
	return all[skip:], func() { _ = syscall.Munmap(all) } // it can only fail for memory that was not mapped
}
