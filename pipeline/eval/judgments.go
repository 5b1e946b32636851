package eval

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Judgments are what one file of judgments has.
type Judgments struct {
	// Queries are those of the file, in its order. Text is empty where the form has no place for it.
	Queries []Query
	Qrels   Qrels
}

// A Form is a way to write judgments down.
type Form string

// The forms. A run has one of two of them: see [ReadRun].
const (
	BEIR     Form = "beir"      // a header, then query ID, document ID and grade, with tabs between
	TREC     Form = "trec"      // query ID, a column that nobody reads, document ID and grade, with white space between
	Quepid   Form = "quepid"    // CSV with the columns query, docid and rating, as Quepid exports and imports it
	RankEval Form = "rank_eval" // the JSON object of Elasticsearch's ranking evaluation API
	JSONL    Form = "jsonl"     // a JSON object a line: query_id, query, doc_id, relevance
)

// Forms are all that there are.
func Forms() []Form { return []Form{BEIR, TREC, Quepid, RankEval, JSONL} }

// ErrNoPlace is wrapped by the errors of [WriteJudgments] and [WriteRun] where an ID is made of what the form cannot hold.
var ErrNoPlace = errors.New("an ID that has no place")

// FormOf tells the form of a file of judgments by its name and its first lines, which head has.
func FormOf(name string, head []byte) Form {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return Quepid
	case ".jsonl", ".ndjson":
		return JSONL
	case ".json":
		return RankEval
	}
	first, rest, _ := bytes.Cut(bytes.TrimLeft(head, "\ufeff \t\r\n"), []byte("\n"))
	second, _, _ := bytes.Cut(rest, []byte("\n"))
	first = bytes.TrimSpace(first)
	switch {
	case bytes.HasPrefix(first, []byte("{")) && bytes.HasSuffix(first, []byte("}")):
		return JSONL
	case bytes.HasPrefix(first, []byte("{")):
		return RankEval
	case bytes.Count(first, []byte("\t")) == 2 || bytes.Count(second, []byte("\t")) == 2:
		return BEIR
	case bytes.Count(first, []byte(",")) >= 2:
		return Quepid
	}
	return TREC
}

// ReadJudgments reads judgments of a form. What is no judgment is left out; where a pair is judged twice and differently
// the last one counts. A warning tells of each, with name and line. The error is that of reading, or says that the whole
// file is something else.
func ReadJudgments(r io.Reader, name string, form Form) (Judgments, []error, error) {
	switch form {
	case BEIR:
		return readBEIR(r, name)
	case TREC:
		return readTREC(r, name)
	case Quepid:
		return readQuepid(r, name)
	case RankEval:
		return readRankEval(r, name)
	case JSONL:
		return readJSONL(r, name)
	}
	return Judgments{}, nil, unknownForm(form)
}

// WriteJudgments writes judgments in a form, sorted by document ID within each query. It ends with an error if the form
// has no place for what some ID is made of.
func WriteJudgments(w io.Writer, j Judgments, form Form) error {
	switch form {
	case BEIR:
		return writeBEIR(w, j)
	case TREC:
		return writeTREC(w, j)
	case Quepid:
		return writeQuepid(w, j)
	case RankEval:
		return writeRankEval(w, j)
	case JSONL:
		return writeJSONL(w, j)
	}
	return unknownForm(form)
}

func unknownForm(form Form) error {
	return fmt.Errorf("eval: judgments: there is no form %q: give one of %q", form, Forms())
}

// A gatherer puts judgments together as they are read.
type gatherer struct {
	Judgments
	places map[string]int // of a query in Queries, by ID
}

func newGatherer() *gatherer {
	return &gatherer{Judgments{Qrels: Qrels{}}, map[string]int{}}
}

// query notes a query. Its text may come with a later judgment only.
func (g *gatherer) query(id, text string) error {
	place, known := g.places[id]
	if !known {
		g.places[id] = len(g.Queries)
		g.Queries = append(g.Queries, Query{id, text})
		return nil
	}
	q := &g.Queries[place]
	if q.Text != "" && text != "" && q.Text != text {
		return fmt.Errorf("query %q is %q, before it was %q: the first text counts", id, text, q.Text)
	}
	q.Text = cmp.Or(q.Text, text)
	return nil
}

// judge notes a judgment.
func (g *gatherer) judge(query, document string, grade int) error {
	if query == "" || document == "" {
		return errors.New("an empty ID")
	}
	if err := g.query(query, ""); err != nil {
		return err
	}
	before, again := g.Qrels[query][document]
	if g.Qrels[query] == nil {
		g.Qrels[query] = map[string]int{}
	}
	g.Qrels[query][document] = grade
	if again && before != grade {
		return fmt.Errorf("query %q, document %q: grade %d, before it was %d: the last one counts", query, document, grade, before)
	}
	return nil
}

// idOf makes an ID of a query that has none: its words, joined so that every form takes it.
func (g *gatherer) idOf(text string) string {
	base := strings.Join(strings.Fields(text), "_")
	id := base
	for n := 2; ; n++ {
		place, taken := g.places[id]
		if !taken || g.Queries[place].Text == text {
			return id
		}
		id = base + "_" + strconv.Itoa(n)
	}
}

// eachJudgment yields every judgment, the queries in their order and the documents of each sorted by ID. Queries without
// a judgment are not there.
func (j Judgments) eachJudgment(use func(q Query, document string, grade int) error) error {
	for _, q := range j.all() {
		for _, document := range sortedKeys(j.Qrels[q.ID]) {
			if err := use(q, document, j.Qrels[q.ID][document]); err != nil {
				return fmt.Errorf("eval: judgments: query %q, document %q: %w", q.ID, document, err)
			}
		}
	}
	return nil
}

// all are Queries and, after them, those that are only in Qrels.
func (j Judgments) all() []Query {
	queries, known := slices.Clone(j.Queries), map[string]bool{}
	for _, q := range queries {
		known[q.ID] = true
	}
	for _, id := range sortedKeys(j.Qrels) {
		if !known[id] {
			queries = append(queries, Query{ID: id})
		}
	}
	return queries
}

// WithTexts returns j with the texts of queries for those of its own that have none.
func (j Judgments) WithTexts(queries []Query) Judgments {
	texts := map[string]string{}
	for _, q := range queries {
		texts[q.ID] = q.Text
	}
	out := Judgments{j.all(), j.Qrels}
	for i, q := range out.Queries {
		out.Queries[i].Text = cmp.Or(q.Text, texts[q.ID])
	}
	return out
}

// parseGrade reads a grade. Tools that keep ratings as decimal numbers write 2 as 2.0.
func parseGrade(text string) (int, error) {
	text = strings.TrimSpace(text)
	if n, err := strconv.Atoi(text); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
		return 0, fmt.Errorf("grade %q is not a whole number", text)
	}
	return int(f), nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
