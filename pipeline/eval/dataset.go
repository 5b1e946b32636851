package eval

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/index/corpus"
)

// The files of a dataset. The first three are BEIR's; lang holds the name of an analyzer ("de"); skip-self, which may
// be empty, says that queries are documents too, and that one must not find itself.
const (
	corpusFile   = "corpus.jsonl"
	queriesFile  = "queries.jsonl"
	qrelsFile    = "qrels/test.tsv"
	langFile     = "lang"
	skipSelfFile = "skip-self"
)

// A Dataset is a corpus with judged queries.
type Dataset struct {
	Queries  []Query // those with a relevant document, in the order of their file: the ones that means are over
	LeftOut  int     // queries of the file without a relevant document, for which no ranking is better than another
	Cut      int     // queries with a relevant document that First left out
	Qrels    Qrels
	Lang     string  // analyzer that the corpus needs, as index.Config.Lang; empty: the default
	SkipSelf bool    // leave a document out of the results of the query that has its ID
	Warnings []error // what the readers stumbled over, with file and line

	fsys fs.FS
}

// Open reads the queries and judgments of a folder in BEIR's layout. The corpus stays where it is: see Documents.
func Open(fsys fs.FS) (*Dataset, error) {
	d, err := openCorpus(fsys)
	if err != nil {
		return nil, err
	}
	queries, err := readFile(d, queriesFile, ReadQueries)
	if err != nil {
		return nil, err
	}
	if d.Qrels, err = readFile(d, qrelsFile, ReadQrels); err != nil {
		return nil, err
	}
	return d, d.keepJudged(queries)
}

// ReadFolder reads the queries and judgments of a folder in BEIR's layout, which need not have a corpus.
func ReadFolder(fsys fs.FS) (Judgments, []error, error) {
	d := &Dataset{fsys: fsys}
	queries, err := readFile(d, queriesFile, ReadQueries)
	if err != nil {
		return Judgments{}, nil, err
	}
	qrels, err := readFile(d, qrelsFile, ReadQrels)
	return Judgments{queries, qrels}, d.Warnings, err
}

// OpenJudged is Open with other judgments than those of the folder, which need not have any. A query whose text j does
// not have has the text that it has in the folder.
func OpenJudged(fsys fs.FS, j Judgments) (*Dataset, error) {
	d, err := openCorpus(fsys)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(j.all(), func(q Query) bool { return q.Text == "" }) {
		queries, err := readFile(d, queriesFile, ReadQueries)
		if err != nil {
			return nil, err
		}
		j = j.WithTexts(queries)
	}
	d.Qrels = j.Qrels
	return d, d.keepJudged(j.Queries)
}

// NewDataset makes a dataset of judgments alone. Its corpus is the caller's business: Documents has none.
func NewDataset(j Judgments) (*Dataset, error) {
	d := &Dataset{Qrels: j.Qrels}
	return d, d.keepJudged(j.Queries)
}

// openCorpus makes sure that there is a corpus, and reads what is said about it.
func openCorpus(fsys fs.FS) (*Dataset, error) {
	d := &Dataset{fsys: fsys}
	if _, err := fs.Stat(fsys, corpusFile); err != nil {
		return nil, fmt.Errorf("eval: %w: name a folder with %s, %s and %s", err, corpusFile, queriesFile, qrelsFile)
	}
	lang, err := fs.ReadFile(fsys, langFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("eval: %w", err)
	}
	d.Lang = strings.TrimSpace(string(lang))
	_, err = fs.Stat(fsys, skipSelfFile)
	d.SkipSelf = err == nil
	return d, nil
}

// readFile reads one file of d and adds its warnings to those of d.
func readFile[T any](d *Dataset, name string, read func(io.Reader, string) (T, []error, error)) (T, error) {
	f, err := d.fsys.Open(name)
	if err != nil {
		var none T
		return none, fmt.Errorf("eval: %w: a dataset has %s, %s and %s", err, corpusFile, queriesFile, qrelsFile)
	}
	defer f.Close()
	all, warnings, err := read(f, name)
	d.Warnings = append(d.Warnings, warnings...)
	return all, err
}

// keepJudged keeps the queries that have a relevant document, and warns of judged ones that have no text.
func (d *Dataset) keepJudged(queries []Query) error {
	known := map[string]bool{}
	for _, q := range queries {
		if q.Text == "" {
			continue
		}
		known[q.ID] = true
		if relevant(d.Qrels[q.ID], 1) > 0 {
			d.Queries = append(d.Queries, q)
		} else {
			d.LeftOut++
		}
	}
	missing := 0
	for id := range d.Qrels {
		if !known[id] {
			missing++
		}
	}
	if missing > 0 {
		d.Warnings = append(d.Warnings, fmt.Errorf("eval: %d judged queries have no text, and are left out", missing))
	}
	if len(d.Queries) == 0 {
		return fmt.Errorf("eval: none of %d queries has a relevant document: judgments need the IDs of the queries, and grades from 1 on "+
			"are relevant", len(known))
	}
	return nil
}

// First leaves out all queries but the first n.
func (d *Dataset) First(n int) {
	if n < len(d.Queries) {
		d.Cut += len(d.Queries) - n
		d.Queries = d.Queries[:n]
	}
}

// Documents reads the corpus, one document after the other. An error is about one document, and reading goes on.
func (d *Dataset) Documents() iter.Seq2[index.Document, error] {
	return func(yield func(index.Document, error) bool) {
		if d.fsys == nil {
			return
		}
		f, err := d.fsys.Open(corpusFile)
		if err != nil {
			yield(index.Document{}, fmt.Errorf("eval: %w", err))
			return
		}
		defer f.Close()
		corpus.JSONL(f, corpusFile)(yield)
	}
}
