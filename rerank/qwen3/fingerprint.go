package qwen3

import (
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"sync"
)

// pieceBytes is how much of a file is hashed at once: large files are hashed by all cores, since one alone would take longer than
// all the rest of opening a model.
const pieceBytes = 16 << 20

// fingerprint identifies the files of a source: the SHA-256 of the SHA-256 of each of their pieces, 32 digits of it.
func (s *source) fingerprint() (string, error) {
	var pieces []*io.SectionReader
	for _, f := range s.files {
		for at := int64(0); at < f.Size(); at += pieceBytes {
			pieces = append(pieces, io.NewSectionReader(f, at, min(pieceBytes, f.Size()-at)))
		}
	}
	sums := make([][sha256.Size]byte, len(pieces))
	err := inParallel(len(pieces), func(i int) error {
		h := sha256.New()
		if _, err := io.Copy(h, pieces[i]); err != nil {
			return err
		}
		h.Sum(sums[i][:0])
		return nil
	})
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, sum := range sums {
		h.Write(sum[:])
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:16]), nil
}

// inParallel runs f for 0 to n-1, on all cores, and returns the first error by number.
func inParallel(n int, f func(i int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, n)
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range n {
		free <- struct{}{}
		wg.Go(func() {
			errs[i] = f(i)
			<-free
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
