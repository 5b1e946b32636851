package index

import (
	"errors"
	"fmt"
	"strings"
)

// What went wrong, for callers to branch on with errors.Is. The error around it names the path and says what to try.
var (
	ErrNotExist = errors.New("no index there")                          // Open: the path does not exist, is an empty folder, or one where Create was cut off
	ErrExist    = errors.New("something is there already")              // Create: the path holds something
	ErrForeign  = errors.New("not a quern index")                       // Open: a file, a folder of other things, or another program's Bleve index
	ErrVersion  = errors.New("an index format this program cannot use") // Open: written by an older or a newer quern
	ErrLocked   = errors.New("another process holds the index")         // Open, Create
	ErrDamaged  = errors.New("the index is damaged")                    // Open, Get: files are missing, cut short or changed
	ErrFull     = errors.New("the disk is full")                        // Create, whatever writes
	ErrReadOnly = errors.New("this user may not write there")           // Create, Open, whatever writes
	ErrNotFound = errors.New("no such document")                        // Get
	ErrClosed   = errors.New("the index is closed")                     // any method after Close
	ErrLang     = errors.New("unknown language")                        // Create, ParseLang
)

// causes tells what the operating system said from its words, since Bleve passes on no more than these of most errors.
var causes = []struct {
	err   error
	words []string
	hint  string
}{
	{ErrFull, []string{"no space left on device", "disk quota exceeded", "not enough space on the disk"}, "make room on it"},
	{ErrReadOnly, []string{"permission denied", "operation not permitted", "read-only file system", "Access is denied"},
		"give it the right to write to the folder and all that is in it, or name another folder"},
}

// explain puts to an error what it comes from and what to try, where that is the file system and not the index.
func explain(err error) error {
	for _, cause := range causes {
		for _, words := range cause.words {
			if err != nil && strings.Contains(err.Error(), words) {
				return fmt.Errorf("%w: %w: %s", cause.err, err, cause.hint)
			}
		}
	}
	return err
}
