package eval

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
)

// A Run is what one system answered: for each query ID the documents, the best first and none twice. That order is
// the ranking. It need not be the order of the scores: hits that no model judged stand behind those that one has.
type Run map[string][]Ranked

// A Ranked is one document of a run.
type Ranked struct {
	ID    string
	Score float64
}

// Sort orders results that come without ranks, by score alone, as trec_eval and pytrec_eval do: from high to low,
// equal scores by document ID from high to low, byte by byte. They keep scores in 32 bits, so scores that differ only
// beyond that are equal. (They sort so whatever rank a run states, so a run that is written for them needs scores that
// differ in 32 bits: WriteRun sees to that.)
func Sort(results []Ranked) {
	slices.SortFunc(results, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(float32(b.Score), float32(a.Score)), cmp.Compare(b.ID, a.ID))
	})
}

// ReadRun reads a run, each line of which is in TREC's form (query ID, Q0, document ID, rank, score and tag, with white
// space between) or a JSON object with query_id, doc_id and score. Results are ordered by Sort, as trec_eval does,
// whatever rank is stated. A line that is neither, and a document that its query has had before, is left out; a warning
// tells of each, with name and line.
func ReadRun(r io.Reader, name string) (Run, []error, error) {
	run, seen := Run{}, map[[2]string]bool{}
	warnings, err := eachLine(r, name, func(_ int, text []byte) error {
		parse := func() (string, Ranked, error) { return parseTREC(string(text)) }
		if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
			parse = func() (string, Ranked, error) { return parseResult(text) }
		}
		query, result, err := parse()
		if err != nil {
			return err
		}
		if seen[[2]string{query, result.ID}] {
			return fmt.Errorf("query %q has document %q again: the first one counts", query, result.ID)
		}
		seen[[2]string{query, result.ID}] = true
		run[query] = append(run[query], result)
		return nil
	})
	for _, results := range run {
		Sort(results)
	}
	return run, warnings, err
}

// WriteRun writes a run as TREC or JSONL, sorted by query ID, so that whoever reads it finds the ranks that it has:
// where scores are equal, or rise, they are made to fall by the least that 32 bits show. The tag names the system. It
// ends with an error if the form has no place for an ID, which JSONL always has.
func WriteRun(w io.Writer, run Run, tag string, form Form) error {
	switch form {
	case TREC:
		return writeTRECRun(w, run, tag)
	case JSONL:
		return writeJSONLRun(w, run, tag)
	}
	return fmt.Errorf("eval: run: there is no form %q: give %s or %s", form, TREC, JSONL)
}

// each goes through run, sorted by query ID, with scores that fall from rank to rank in 32 bits.
func (run Run) each(write func(query string, rank int, document string, score float32) error) error {
	for _, query := range sortedKeys(run) {
		least := float32(math.Inf(1))
		for i, r := range run[query] {
			score := min(float32(r.Score), math.Nextafter32(least, float32(math.Inf(-1))))
			var err error
			if math.IsNaN(r.Score) || math.IsInf(float64(score), 0) {
				err = fmt.Errorf("score %v: give a number of 32 bits", r.Score)
			} else {
				err = write(query, i+1, r.ID, score)
			}
			if err != nil {
				return fmt.Errorf("eval: run: query %q, document %q: %w", query, r.ID, err)
			}
			least = score
		}
	}
	return nil
}

// ids returns the ranking as a metric takes it.
func ids(results []Ranked) []string {
	list := make([]string, len(results))
	for i, r := range results {
		list[i] = r.ID
	}
	return list
}
