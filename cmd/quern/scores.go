package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/quern-search/quern/pipeline/eval"
	"github.com/quern-search/quern/rerank"
)

// scoreFlags say where the scores of a model are kept between evaluations.
type scoreFlags struct {
	file   string
	always bool // keep scores for this run where they are not kept for longer: a command that asks the same again needs them
}

// scoresNone is the value of --scores that keeps nothing.
const scoresNone = "none"

func (f *scoreFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "scores", "", "keep the model's scores in `FILE`, so that the same pair is not judged twice, or none to keep none (default: quern/scores.db in your cache folder)")
}

// A scoreStore is where scores are kept; without a Store, nowhere.
type scoreStore struct {
	*eval.Store
	temporary string // the folder of a store of this run; empty for others
}

// open opens the store. The default one is a convenience: where it cannot be had, a warning says so, and nothing is kept
// beyond this run.
func (f scoreFlags) open(stderr io.Writer) (scoreStore, error) {
	if f.file != scoresNone {
		s, err := f.store()
		switch {
		case err == nil:
			return scoreStore{Store: s}, nil
		case f.file != "":
			return scoreStore{}, fmt.Errorf("%w (to keep no scores: --scores none)", err)
		}
		warnf(stderr, "scores are not kept this time: %v", err)
	}
	if !f.always {
		return scoreStore{}, nil
	}
	dir, err := os.MkdirTemp("", "quern-scores-")
	if err != nil {
		return scoreStore{}, err
	}
	s, err := eval.OpenStore(filepath.Join(dir, "scores.db"), "")
	if err != nil {
		return scoreStore{}, errors.Join(err, os.RemoveAll(dir))
	}
	return scoreStore{s, dir}, nil
}

func (f scoreFlags) store() (*eval.Store, error) {
	path := f.file
	if path == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		path = filepath.Join(dir, "quern", "scores.db")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
	}
	b, err := thisBuild()
	if err != nil {
		return nil, err
	}
	version, err := b.exactly()
	if err != nil {
		return nil, err
	}
	return eval.OpenStore(path, version)
}

// exactly tells this program from any other that might judge otherwise: by its version, and where the sources are nobody's but
// the builder's, by a checksum of the program too.
func (b build) exactly() (string, error) {
	version := b.Version + " " + b.Revision
	released := b.Revision == "" && b.Version != "(devel)"
	if released || b.Revision != "" && !strings.HasSuffix(b.Revision, "+") {
		return version, nil
	}
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %x", version, h.Sum(nil)[:8]), nil
}

// behind puts the store in front of a model, which may be nil.
func (s scoreStore) behind(m rerank.Scorer) rerank.Scorer {
	if s.Store == nil || m == nil {
		return m
	}
	return s.Scorer(m)
}

// length is how many scores are kept, 0 where none are or nobody can tell: it is for people to read.
func (s scoreStore) length() int {
	if s.Store == nil {
		return 0
	}
	n, err := s.Len()
	if err != nil {
		return 0
	}
	return n
}

// close closes the file. Everything is written when a search ends, so that there is nothing left to fail.
func (s scoreStore) close() {
	if s.Store != nil {
		s.Store.Close()
	}
	if s.temporary != "" {
		os.RemoveAll(s.temporary)
	}
}
