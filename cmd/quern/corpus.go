package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/spf13/pflag"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/index/corpus"
)

// putDocs and putBytes bound the documents that are read before they are put, and held in memory. An index writes in
// batches of about this size, so that larger ones gain nothing.
const (
	putDocs  = 1000
	putBytes = 16 << 20
)

// maxBrokenShown is how many broken lines are named one by one; a corpus in the wrong format would fill the screen.
const maxBrokenShown = 20

// corpusForms tells people what a corpus is.
const corpusForms = `a corpus is a folder of .md, .markdown and .jsonl files, or one such file; a line of .jsonl is {"_id": "...", "title": "...", "text": "..."}`

// corpusFlags name what is searched.
type corpusFlags struct {
	corpus string
	index  string
	lang   string
}

func (f *corpusFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.corpus, "corpus", "", "the documents, at `PATH`: a folder of Markdown and JSONL files, or one such file (default: 250 articles that are built in)")
	flags.StringVar(&f.index, "index", "", "keep the index in the folder `DIR`: made if absent, and brought up to date if --corpus is given (default: in memory)")
	flags.StringVar(&f.lang, "lang", "", "language `LANG` of the documents, such as de, cjk or standard for any (default en, or the index's own)")
}

// A filling is what became of reading a corpus.
type filling struct {
	put    int // documents
	broken int // lines or files that were left out
}

// open opens or makes what is searched; there is at least one document in it. Broken lines are warned of on stderr.
func (f corpusFlags) open(ctx context.Context, stderr io.Writer) (*index.Index, filling, error) {
	if f.corpus != "" {
		if _, err := os.Stat(f.corpus); err != nil {
			return nil, filling{}, fmt.Errorf("corpus: %w: %s", err, corpusForms)
		}
	}
	x, empty, err := f.openIndex()
	if err != nil {
		return nil, filling{}, err
	}
	filled, err := f.fill(ctx, x, empty, stderr)
	if err != nil {
		return nil, filled, errors.Join(err, x.Close())
	}
	return x, filled, nil
}

// openIndex opens the index, or makes an empty one.
func (f corpusFlags) openIndex() (x *index.Index, empty bool, err error) {
	if f.index == "" {
		x, err = index.Create("", index.Config{Lang: f.lang})
		return x, true, err
	}
	x, err = index.Open(f.index)
	if errors.Is(err, index.ErrNotExist) {
		if f.corpus == "" {
			return nil, false, fmt.Errorf("there is no index in %q: say with --corpus what to fill it with", f.index)
		}
		x, err = index.Create(f.index, index.Config{Lang: f.lang})
		return x, true, err
	}
	if err != nil {
		return nil, false, err
	}
	if f.lang != "" && f.lang != x.Lang() {
		err = fmt.Errorf("the index in %q was made with --lang %s: leave --lang out, or make a new index", f.index, x.Lang())
		return nil, false, errors.Join(err, x.Close())
	}
	return x, false, nil
}

// fill puts the corpus into x. Without --corpus an empty index is filled with the fixtures, another stays as it is.
func (f corpusFlags) fill(ctx context.Context, x *index.Index, empty bool, stderr io.Writer) (filled filling, err error) {
	switch {
	case f.corpus != "":
		filled, err = put(ctx, x, corpus.Open(f.corpus), stderr)
	case empty:
		filled, err = put(ctx, x, fixtureDocuments(), stderr)
	}
	if err != nil {
		return filled, err
	}
	if f.corpus != "" && filled.put == 0 {
		return filled, fmt.Errorf("no documents in %q: %s", f.corpus, corpusForms)
	}
	n, err := x.Count()
	if err == nil && n == 0 {
		err = fmt.Errorf("no documents in the index %q: say with --corpus what to fill it with", f.index)
	}
	return filled, err
}

// put puts documents as they are read. What is broken is left out, and told.
func put(ctx context.Context, x *index.Index, documents iter.Seq2[index.Document, error], stderr io.Writer) (filled filling, err error) {
	p := newProgress(stderr, "documents")
	defer p.end()
	var batch []index.Document
	size := 0
	flush := func() error {
		if err := x.Put(ctx, batch...); err != nil {
			return err
		}
		filled.put += len(batch)
		batch, size = batch[:0], 0
		p.step(filled.put, 0)
		return nil
	}
	for d, err := range documents {
		if err != nil {
			if filled.broken++; filled.broken <= maxBrokenShown {
				warnf(stderr, "%s", err)
			}
			continue
		}
		batch, size = append(batch, d), size+len(d.Title)+len(d.Body)
		if len(batch) == putDocs || size >= putBytes {
			if err := flush(); err != nil {
				return filled, err
			}
		}
	}
	if filled.broken > 0 {
		warnf(stderr, "%d broken in the corpus, left out", filled.broken)
	}
	return filled, flush()
}

// fixtureDocuments are the articles that are built in.
func fixtureDocuments() iter.Seq2[index.Document, error] {
	return func(yield func(index.Document, error) bool) {
		const name = "corpus.jsonl"
		f, err := fixtures.FS.Open(name)
		if err != nil {
			yield(index.Document{}, err)
			return
		}
		defer f.Close()
		for d, err := range corpus.JSONL(f, name) {
			if !yield(d, err) {
				return
			}
		}
	}
}

// fixtureQueries are searches over those articles that the page offers: an easy one, one that hardly shares a word with
// its answer, and one that shares many with a wrong answer.
func fixtureQueries() []string {
	return []string{
		"how do I get a red wine stain out",
		"my mobile fell in the toilet, can it be saved",
		"how do I clear cookie crumbs out of my laptop",
	}
}
