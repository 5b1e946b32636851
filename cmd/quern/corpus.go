package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/index/corpus"
)

// corpusForms tells people what a corpus is.
const corpusForms = `a corpus is a folder of .md, .html, .txt, .jsonl, .csv and .tsv files, one such file, or a sitemap.xml; a line of .jsonl is {"_id": "...", "title": "...", "text": "..."}`

// corpusFlags name what is searched.
type corpusFlags struct {
	corpus  string
	index   string
	lang    string
	fields  []string
	include []string
	exclude []string

	passages int // -1: as the index has it, or the default

	mayBeEmpty bool // whether an index without documents will do: they are put later
}

func (f *corpusFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.corpus, "corpus", "", "the documents, at `PATH`: a folder of Markdown, HTML, text, JSONL and CSV files, one such file, or a sitemap.xml (default: 250 articles that are built in)")
	flags.StringVar(&f.index, "index", "", "keep the index in the folder `DIR`: made if absent, and brought up to date if --corpus is given (default: in memory)")
	flags.StringVar(&f.lang, "lang", "", "language `LANG` of the documents, such as de, zh or standard for any (default en, or the index's own)")
	flags.IntVar(&f.passages, "passages", -1, "split long documents into passages of `N` tokens, 0: search them whole (default 200, or as the index has it)")
	flags.StringArrayVar(&f.fields, "field", nil, "`NAME=KEY`: take id, title, text or url from this key of JSONL or column of CSV; repeat it for each (default: the names of BEIR)")
	flags.StringArrayVar(&f.include, "include", nil, "read only the files of the folder that match `PATTERN`, such as '*.md' or '/blog/'; may be repeated")
	flags.StringArrayVar(&f.exclude, "exclude", nil, "leave out files that match `PATTERN`, as a line of the file .quernignore does; may be repeated")
}

// builtIn tells that nothing was named, so that the articles are searched that are built in.
func (f corpusFlags) builtIn() bool { return f.corpus == "" && f.index == "" }

// reader says how the corpus is read.
func (f corpusFlags) reader() (r corpus.Reader, err error) {
	if f.corpus == "" && len(f.fields)+len(f.include)+len(f.exclude) > 0 {
		return r, usagef("--field, --include and --exclude say how a corpus is read: name it with --corpus, or leave them out")
	}
	r.Include, r.Exclude = f.include, f.exclude
	if err := r.Check(); err != nil {
		return r, usagef("--include or --exclude has %w", err)
	}
	names := map[string]*string{"id": &r.Fields.ID, "title": &r.Fields.Title, "text": &r.Fields.Text, "url": &r.Fields.URL}
	for _, field := range f.fields {
		name, key, _ := strings.Cut(field, "=")
		of, known := names[name]
		switch {
		case !known || key == "":
			return r, usagef("--field is %q: give NAME=KEY, where NAME is id, title, text or url", field)
		case *of != "":
			return r, usagef("--field names two keys for %s: give one", name)
		}
		*of = key
	}
	return r, nil
}

// open opens or makes what is searched; there is at least one document in it, unless it may be empty. Broken lines are
// warned of on stderr.
func (f corpusFlags) open(ctx context.Context, stderr io.Writer) (*index.Index, filling, error) {
	reader, err := f.reader()
	if err != nil {
		return nil, filling{}, err
	}
	if f.corpus != "" {
		if _, err := os.Stat(f.corpus); err != nil {
			return nil, filling{}, fmt.Errorf("corpus: %w: %s", err, corpusForms)
		}
	}
	x, empty, err := f.openIndex()
	if err != nil {
		return nil, filling{}, err
	}
	filled, err := f.fill(ctx, x, reader, empty, stderr)
	if err != nil {
		return nil, filled, errors.Join(err, x.Close())
	}
	return x, filled, nil
}

// openIndex opens the index, or makes an empty one.
func (f corpusFlags) openIndex() (x *index.Index, empty bool, err error) {
	if f.index == "" {
		x, err = index.Create("", f.config())
		return x, true, err
	}
	x, err = index.Open(f.index)
	if errors.Is(err, index.ErrNotExist) {
		if f.corpus == "" && !f.mayBeEmpty {
			return nil, false, fmt.Errorf("there is no index in %q: say with --corpus what to fill it with", f.index)
		}
		x, err = index.Create(f.index, f.config())
		return x, true, err
	}
	if err != nil {
		return nil, false, err
	}
	if err := f.checkMade(x); err != nil {
		return nil, false, errors.Join(err, x.Close())
	}
	return x, false, nil
}

// config is how an index is made.
func (f corpusFlags) config() index.Config {
	if f.passages < 0 {
		return index.Config{Lang: f.lang}
	}
	return index.Config{Lang: f.lang, Passages: passagesOf(f.passages, index.DefaultPassageOverlap)}
}

// passagesOf is the setting for passages of so many tokens, 0 for whole documents, that have so many in common.
func passagesOf(tokens, overlap int) index.Passages {
	const none = -1 // 0 is the default there
	return index.Passages{Tokens: cmp.Or(tokens, none), Overlap: cmp.Or(overlap, none)}
}

// checkMade tells whether what the flags ask for is how an index that was there was made.
func (f corpusFlags) checkMade(x *index.Index) error {
	if f.lang != "" {
		lang, err := index.ParseLang(f.lang)
		if err != nil {
			return err
		}
		if lang != x.Lang() {
			return fmt.Errorf("the index in %q was made with --lang %s: leave --lang out, or make a new index", f.index, x.Lang())
		}
	}
	if tokens := max(x.Passages().Tokens, 0); f.passages >= 0 && f.passages != tokens {
		return fmt.Errorf("the index in %q was made with --passages %d: leave --passages out, or make a new index", f.index, tokens)
	}
	return nil
}

// fill brings x up to date with the corpus. Without --corpus an empty index is filled with the fixtures, another stays as
// it is.
func (f corpusFlags) fill(ctx context.Context, x *index.Index, reader corpus.Reader, empty bool, stderr io.Writer) (filling, error) {
	var filled filling
	var err error
	switch {
	case f.corpus != "":
		filled, err = put(ctx, x, reader.Open(f.corpus), stderr)
	case empty && f.index == "":
		filled, err = put(ctx, x, fixtureDocuments(), stderr)
	}
	if err != nil {
		return filled, err
	}
	if f.corpus != "" && filled.read() == 0 {
		return filled, fmt.Errorf("no documents in %q: %s", f.corpus, corpusForms)
	}
	n, err := x.Count()
	if err == nil && n == 0 && !f.mayBeEmpty {
		err = fmt.Errorf("no documents in the index %q: say with --corpus what to fill it with", f.index)
	}
	return filled, err
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
