package index

import "errors"

// What went wrong, for callers to branch on with errors.Is. The error around it names the path and says what to try.
var (
	ErrNotExist = errors.New("no index there")                          // Open: the path does not exist, or is an empty folder
	ErrExist    = errors.New("something is there already")              // Create: the path holds something
	ErrForeign  = errors.New("not a quern index")                       // Open: a file, a folder of other things, or another program's Bleve index
	ErrVersion  = errors.New("an index format this program cannot use") // Open: written by an older or a newer quern
	ErrLocked   = errors.New("another process holds the index")         // Open
	ErrDamaged  = errors.New("the index is damaged")                    // Open, Get: files are missing, cut short or changed
	ErrNotFound = errors.New("no such document")                        // Get
	ErrClosed   = errors.New("the index is closed")                     // any method after Close
	ErrLang     = errors.New("unknown language")                        // Create, ParseLang
)
