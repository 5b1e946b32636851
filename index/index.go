package index

import (
	"context"
	"fmt"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// Config says how Create sets up an index. The zero value is an English index.
type Config struct {
	// Lang is the language of the documents, which says how text is turned into terms: see ParseLang. Empty: DefaultLang.
	Lang string
	// Passages says how long documents are split into passages, each of which is searched by itself.
	Passages Passages
}

// An Index holds documents and the postings of their text, on disk or in memory. Its methods may be called concurrently.
type Index struct {
	lang      string
	passages  Passages
	analyzers analyzers
	inMemory  bool
	lengths   lengthCache
	distances distances

	mu     sync.RWMutex // held for reading while bleve is used, so that Close waits for all
	closed bool
	bleve  bleve.Index

	queueing sync.Mutex
	queue    []*waiting // changes for the next turn

	writing sync.Mutex // one turn at a time: see commit
	failed  error      // after which writing has stopped; under writing

	merging sync.Mutex // one Compact at a time

	reading sync.Mutex
	durable *scorch.IndexSnapshot // what is read instead of Bleve's own root, unless nil: see store
}

// Lang is the language of the index, as ParseLang names it.
func (x *Index) Lang() string { return x.lang }

// Passages says how the index splits documents.
func (x *Index) Passages() Passages { return x.passages }

// Split gives the passages that the index makes of a document; there is one at least.
func (x *Index) Split(d Document) []Passage { return x.passages.split(d) }

// LangOf is the language that a document is analyzed in: the one that its field "lang" names, or the index's own where
// there is no such field, or none that ParseLang knows.
func (x *Index) LangOf(d Document) string {
	tag, _ := d.Fields[langField].(string)
	lang, err := ParseLang(tag)
	if err != nil {
		return x.lang
	}
	return lang
}

// Analyzer turns text in the index's own language into terms as the index did; it may be used concurrently.
func (x *Index) Analyzer() analysis.Analyzer { return x.AnalyzerOf(x.lang) }

// AnalyzerOf does the same for a language that LangOf gave.
func (x *Index) AnalyzerOf(lang string) analysis.Analyzer { return x.analyzers.of(lang) }

// Get gives the document back as it was put, or ErrNotFound.
func (x *Index) Get(ctx context.Context, id string) (Document, error) {
	if err := ctx.Err(); err != nil {
		return Document{}, fmt.Errorf("index: get %q: %w", id, err)
	}
	root, err := x.root()
	if err != nil {
		return Document{}, err
	}
	defer root.Close()
	return load(root, id)
}

// load reads one stored document.
func load(r bleveindex.IndexReader, id string) (Document, error) {
	if isPassageID(id) { // of the passages' IDs nobody knows
		return Document{}, fmt.Errorf("index: get %q: %w", id, ErrNotFound)
	}
	doc, err := r.Document(id)
	if err != nil {
		return Document{}, fmt.Errorf("index: get %q: %w", id, err)
	}
	if doc == nil {
		return Document{}, fmt.Errorf("index: get %q: %w", id, ErrNotFound)
	}
	var data []byte
	doc.VisitFields(func(f bleveindex.Field) {
		if f.Name() == storedField {
			data = f.Value()
		}
	})
	d, err := decode(id, data)
	if err != nil {
		return Document{}, fmt.Errorf("index: get: %w", err)
	}
	return d, nil
}

// Count is the number of documents.
func (x *Index) Count() (int, error) {
	s, err := x.Snapshot()
	if err != nil {
		return 0, err
	}
	defer s.Close()
	n := 0
	for _, segment := range s.Segments {
		n += segment.docs
	}
	return n, nil
}

// Compact merges the segments that batches have left into one, which makes searches faster and frees the room of deleted
// documents. It pays after a large Put; Bleve merges a little on its own as it goes. It takes up to as much room again as
// the index has. An index in memory is left as it is.
func (x *Index) Compact(ctx context.Context) error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.closed {
		return fmt.Errorf("index: compact: %w", ErrClosed)
	}
	if x.inMemory { // Bleve has no merger there, and would wait for it for ever
		return nil
	}
	err := x.failure()
	if err == nil {
		err = x.merge(ctx)
	}
	if err != nil {
		return fmt.Errorf("index: compact: %w", err)
	}
	return nil
}

// Close frees the files for other processes. It waits for a Put that is going on; snapshots stay readable until they
// are closed. Closing twice is no error.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return nil
	}
	x.closed = true
	end := x.bleve.Close
	if x.failed != nil { // Bleve is closed already
		end = x.letGo
	}
	if err := end(); err != nil {
		return fmt.Errorf("index: close: %w", err)
	}
	return nil
}

// root is scorch's present state; close it when done.
func (x *Index) root() (*scorch.IndexSnapshot, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.closed {
		return nil, fmt.Errorf("index: read: %w", ErrClosed)
	}
	return x.reader()
}
