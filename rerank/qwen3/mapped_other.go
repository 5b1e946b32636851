//go:build !unix

package qwen3

import "io"

// mapped maps a section of a file into memory: not on this system, where it is read instead.
func mapped(*io.SectionReader) (data []byte, unmap func()) { return nil, nil }
