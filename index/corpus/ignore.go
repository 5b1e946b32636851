package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/quern-search/quern/index"
)

// ignoreFile, at the top of a tree, says what in it is not part of the corpus.
const ignoreFile = ".quernignore"

// maxIgnoreFile bounds the bytes of an ignoreFile: each file of the tree is compared with each line.
const maxIgnoreFile = 64 << 10

// A pattern is a glob as .gitignore has them: * ? [a-z] {a,b} within a name, ** across folders. Without a slash, but for
// one at its end, it stands for a name at any depth, else for a path from the top. A slash at the end: folders only.
type pattern struct {
	glob   string
	folder bool
	back   bool // it began with "!": what matches is part of the corpus after all
}

var errPattern = errors.New("not a pattern: close its brackets, or put a backslash before one that is meant as it stands")

func parsePattern(text string) (p pattern, err error) {
	glob := text
	glob, p.back = strings.CutPrefix(glob, "!")
	glob, p.folder = strings.CutSuffix(glob, "/")
	if strings.Contains(glob, "/") {
		glob = strings.TrimPrefix(glob, "/")
	} else {
		glob = "**/" + glob
	}
	if glob == "" || glob == "**/" || !doublestar.ValidatePattern(glob) {
		return p, fmt.Errorf("%.100q: %w", text, errPattern)
	}
	p.glob = glob
	return p, nil
}

func (p pattern) matches(name string, folder bool) bool {
	return (folder || !p.folder) && doublestar.MatchUnvalidated(p.glob, name)
}

// A choice says which files of a tree are read.
type choice struct {
	include []pattern // none: all
	exclude []pattern // of those that match, the last counts
}

// Check tells what is wrong with the patterns.
func (r Reader) Check() error {
	_, err := r.choice()
	return err
}

func (r Reader) choice() (c choice, err error) {
	for _, text := range r.Include {
		text, all := strings.CutSuffix(text, "/") // a folder with all in it
		p, err := parsePattern(text)
		if p.back {
			err = fmt.Errorf("%.100q: %w: to include all but some, exclude those", text, errPattern)
		}
		if err != nil {
			return c, err
		}
		if all {
			p.glob += "/**"
		}
		c.include = append(c.include, p)
	}
	for _, text := range r.Exclude {
		p, err := parsePattern(text)
		if err != nil {
			return c, err
		}
		c.exclude = append(c.exclude, p)
	}
	return c, nil
}

// excludes tells whether a file or folder is left out. What is in a folder that is left out is not asked for.
func (c choice) excludes(name string, folder bool) bool {
	out := false
	for _, p := range c.exclude {
		if p.matches(name, folder) {
			out = !p.back
		}
	}
	return out
}

func (c choice) includes(name string) bool {
	for _, p := range c.include {
		if p.matches(name, false) {
			return true
		}
	}
	return len(c.include) == 0
}

// choose finds out which files are to be read. Reader.Exclude comes after the ignoreFile, and so has the last word.
func (w *walk) choose() bool {
	c, err := w.Reader.choice()
	if err != nil {
		w.yield(index.Document{}, fmt.Errorf("corpus: %w", err))
		return false
	}
	ignored, ok := w.readIgnoreFile()
	w.choice = choice{include: c.include, exclude: append(ignored, c.exclude...)}
	return ok
}

// readIgnoreFile reads a pattern a line. Empty lines, and those that begin with "#", are for people.
func (w *walk) readIgnoreFile() (patterns []pattern, ok bool) {
	found := w.found(ignoreFile)
	f, err := w.fsys.Open(ignoreFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true
	}
	if err != nil {
		return nil, found(0, index.Document{}, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxIgnoreFile+1))
	if err == nil && len(text) > maxIgnoreFile {
		err = fmt.Errorf("more than %d KiB: name folders instead of files", maxIgnoreFile>>10)
	}
	if err != nil {
		return nil, found(0, index.Document{}, err)
	}
	n := 0
	for line := range bytes.Lines(withoutBOM(text)) {
		n++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		p, err := parsePattern(string(line))
		if err != nil && !found(n, index.Document{}, err) {
			return nil, false
		}
		if err == nil {
			patterns = append(patterns, p)
		}
	}
	return patterns, true
}
