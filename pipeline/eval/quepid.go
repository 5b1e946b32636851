package eval

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Quepid's "basic" CSV, which it exports and imports: a header, then the text of a query, the ID of a document and a
// rating. A query without ratings is a row with its text alone; a document without one has an empty rating.

func readQuepid(r io.Reader, name string) (Judgments, []error, error) {
	g, w := newGatherer(), warnings{name: name}
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = -1
	columns := []string{"query", "docid", "rating"}
	for first := true; ; first = false {
		row, err := rows.Read()
		if err == io.EOF {
			return g.Judgments, w.all(), nil
		}
		if broken := (*csv.ParseError)(nil); errors.As(err, &broken) {
			w.add(broken.StartLine, broken.Err)
			continue
		}
		if err != nil {
			return g.Judgments, w.all(), fmt.Errorf("eval: %s: %w", name, err)
		}
		line, _ := rows.FieldPos(0)
		if first {
			if header := headerOf(row); slices.Contains(header, "docid") {
				columns = header
				continue
			}
			w.add(line, errors.New("a judgment where the header should be: it is read as query, docid, rating"))
		}
		if err := g.rating(columns, row); err != nil {
			w.add(line, err)
		}
	}
}

// headerOf is a header as it is compared: "Doc ID" is docid.
func headerOf(row []string) (names []string) {
	for _, name := range row {
		name = strings.ToLower(strings.Trim(name, "\ufeff \t"))
		names = append(names, strings.NewReplacer(" ", "", "_", "", "-", "").Replace(name))
	}
	return names
}

// rating notes a row.
func (g *gatherer) rating(columns, row []string) error {
	field := func(names ...string) string {
		for i, name := range columns {
			if slices.Contains(names, name) && i < len(row) {
				return strings.TrimSpace(row[i])
			}
		}
		return ""
	}
	text, document, grade := field("query", "querytext"), field("docid"), field("rating")
	if text == "" {
		return errors.New("a row without a query")
	}
	id := g.idOf(text)
	if err := g.query(id, text); err != nil {
		return err
	}
	if grade == "" { // nobody has rated it
		return nil
	}
	n, err := parseGrade(grade)
	if err != nil {
		return err
	}
	return g.judge(id, document, n)
}

// writeQuepid writes queries without judgments too, as Quepid does.
func writeQuepid(w io.Writer, j Judgments) error {
	rows, owner := csv.NewWriter(w), map[string]string{}
	err := rows.Write([]string{"query", "docid", "rating"})
	for _, q := range j.all() {
		text := q.Text
		if text == "" {
			return fmt.Errorf("eval: judgments: query %q has no text, which is all that Quepid's form has of it: give the texts, or try %s", q.ID, TREC)
		}
		if other, taken := owner[text]; taken {
			return fmt.Errorf("eval: judgments: queries %q and %q are both %q, and Quepid's form has nothing else of them: try %s", other, q.ID, text, JSONL)
		}
		owner[text] = q.ID
		if len(j.Qrels[q.ID]) == 0 {
			err = errors.Join(err, rows.Write([]string{text}))
		}
	}
	err = errors.Join(err, j.eachJudgment(func(q Query, document string, grade int) error {
		return rows.Write([]string{q.Text, document, strconv.Itoa(grade)})
	}))
	rows.Flush()
	return errors.Join(err, rows.Error())
}
