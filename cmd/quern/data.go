package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/index/corpus"
	"github.com/quern-search/quern/pipeline/eval"
)

// dataFlags name what is measured with: a corpus, queries, and judgments.
type dataFlags struct {
	data    string
	corpus  string
	qrels   string
	topics  string
	lang    string
	queries int
	byID    bool // the first by ID, not by their place in the file
}

func (f *dataFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.data, "data", "", "the folder `DIR` with corpus, queries and judgments, as BEIR has them (default: those that are built in)")
	flags.StringVar(&f.corpus, "corpus", "", "the documents, at `PATH`: whatever `serve --corpus` takes")
	flags.StringVar(&f.qrels, "qrels", "", "the judgments, in `FILE`: qrels of TREC or BEIR, Quepid's CSV, Elasticsearch's rank_eval JSON, or JSONL")
	flags.StringVar(&f.topics, "topics", "", "the texts of the queries, in `FILE`: JSONL as BEIR has it, or an ID, a tab and the text")
	flags.StringVar(&f.lang, "lang", "", "language `LANG` of the documents, such as de (default en, or what the folder's file \"lang\" says)")
	flags.IntVar(&f.queries, "queries", 0, "ask the first `N` queries only, 0 for all")
}

func (f dataFlags) check() error {
	switch {
	case f.queries < 0:
		return usagef("--queries is %d: give 0 for all, or a positive number", f.queries)
	case f.corpus != "" && f.data != "":
		return usagef("--corpus and --data both name documents: leave one out")
	case f.corpus != "" && f.qrels == "":
		return usagef("--corpus without judgments: name them with --qrels")
	case f.topics != "" && f.qrels == "":
		return usagef("--topics without judgments: name them with --qrels")
	}
	return nil
}

// open reads queries and judgments. The corpus is read later: see fill.
func (f dataFlags) open() (*eval.Dataset, error) {
	if f.corpus != "" {
		if _, err := os.Stat(f.corpus); err != nil {
			return nil, fmt.Errorf("corpus: %w: %s", err, corpusForms)
		}
	}
	d, err := f.dataset()
	if err != nil {
		return nil, err
	}
	if f.lang != "" {
		d.Lang = f.lang
	}
	if f.byID {
		slices.SortFunc(d.Queries, func(a, b eval.Query) int { return strings.Compare(a.ID, b.ID) })
	}
	if f.queries > 0 {
		d.First(f.queries)
	}
	return d, nil
}

func (f dataFlags) dataset() (*eval.Dataset, error) {
	var fsys fs.FS = fixtures.FS
	if f.data != "" {
		fsys = os.DirFS(f.data)
	}
	if f.qrels == "" {
		d, err := eval.Open(fsys)
		if err != nil {
			return nil, fmt.Errorf("data %q: %w", f.data, err)
		}
		return d, nil
	}
	j, warnings, err := f.judgments()
	if err != nil {
		return nil, err
	}
	var d *eval.Dataset
	if f.corpus != "" {
		d, err = eval.NewDataset(j)
	} else {
		d, err = eval.OpenJudged(fsys, j)
	}
	if err != nil {
		return nil, fmt.Errorf("judgments %q: %w (texts of queries come from --topics)", f.qrels, err)
	}
	d.Warnings = append(warnings, d.Warnings...)
	return d, nil
}

// judgments reads the files of judgments and texts.
func (f dataFlags) judgments() (j eval.Judgments, warnings []error, err error) {
	if j, warnings, err = readJudgments(f.qrels); err != nil || f.topics == "" {
		return j, warnings, err
	}
	file, err := os.Open(f.topics)
	if err != nil {
		return j, warnings, err
	}
	defer file.Close()
	queries, more, err := eval.ReadQueries(file, f.topics)
	return j.WithTexts(queries), append(warnings, more...), err
}

// headBytes is how much of a file tells its form.
const headBytes = 64 << 10

// readJudgments reads a file of judgments, or the queries and judgments of a folder in BEIR's layout.
func readJudgments(name string) (eval.Judgments, []error, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return eval.ReadFolder(os.DirFS(name))
	}
	file, err := os.Open(name)
	if err != nil {
		return eval.Judgments{}, nil, err
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, headBytes)
	head, err := r.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return eval.Judgments{}, nil, err
	}
	return eval.ReadJudgments(r, name, eval.FormOf(name, head))
}

// fill puts the corpus of d into an index in memory, and warns of judgments that no document can meet.
func (f dataFlags) fill(ctx context.Context, d *eval.Dataset, passages index.Passages, stderr io.Writer) (*index.Index, error) {
	x, err := index.Create("", index.Config{Lang: d.Lang, Passages: passages})
	if err != nil {
		return nil, err
	}
	documents := d.Documents()
	if f.corpus != "" {
		documents = corpus.Open(f.corpus)
	}
	filled, err := put(ctx, x, documents, stderr)
	if err == nil && filled.read() == 0 {
		err = fmt.Errorf("data %q: no documents in the corpus: %s", f.data+f.corpus, corpusForms)
	}
	if err != nil {
		return nil, errors.Join(err, x.Close())
	}
	f.warnMissing(d, filled.ids, stderr)
	return x, nil
}

// warnMissing tells how many relevant documents are not there: nothing can find them, and every number is lower for it.
func (f dataFlags) warnMissing(d *eval.Dataset, ids map[string]struct{}, stderr io.Writer) {
	missing, relevant, first := 0, 0, ""
	for _, q := range d.Queries {
		for id, grade := range d.Qrels[q.ID] {
			if grade <= 0 {
				continue
			}
			relevant++
			if _, there := ids[id]; !there {
				if missing++; first == "" || id < first {
					first = id
				}
			}
		}
	}
	if missing > 0 {
		warnf(stderr, "%d of %d judgments call a document relevant that the corpus does not have, such as %q: are the IDs the same?", missing, relevant, first)
	}
}
