package eval

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Qrels are relevance judgments: query ID, document ID, grade. A grade above 0 is relevant, and the more the higher;
// 0 and below is judged not relevant; what is missing was not judged.
type Qrels map[string]map[string]int

// ReadQrels reads qrels as BEIR has them: see [ReadJudgments].
func ReadQrels(r io.Reader, name string) (Qrels, []error, error) {
	j, warnings, err := readBEIR(r, name)
	return j.Qrels, warnings, err
}

func readBEIR(r io.Reader, name string) (Judgments, []error, error) {
	g := newGatherer()
	warnings, err := eachLine(r, name, func(line int, text []byte) error {
		query, document, grade, err := parseQrel(string(text))
		if line == 1 && err != nil {
			return nil // the header
		}
		if err == nil {
			err = g.judge(query, document, grade)
		}
		if line == 1 {
			err = errors.New("a judgment where the header should be: it counts")
		}
		return err
	})
	return g.Judgments, warnings, err
}

// parseQrel takes a line apart.
func parseQrel(line string) (query, document string, grade int, err error) {
	fields := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
	if len(fields) != 3 {
		return "", "", 0, fmt.Errorf("%d fields: want query, document and grade, with a tab between each", len(fields))
	}
	query, document = strings.TrimSpace(fields[0]), strings.TrimSpace(fields[1])
	if query == "" || document == "" {
		return "", "", 0, errors.New("an empty ID")
	}
	grade, err = parseGrade(fields[2])
	return query, document, grade, err
}

func writeBEIR(w io.Writer, j Judgments) error {
	b := bufio.NewWriter(w)
	b.WriteString("query-id\tcorpus-id\tscore\n")
	err := j.eachJudgment(func(q Query, document string, grade int) error {
		for _, id := range []string{q.ID, document} {
			if strings.TrimSpace(id) != id || strings.ContainsAny(id, "\t\r\n") {
				return fmt.Errorf("a tab, a line end or white space around it in %q: %w in BEIR's: try %s", id, ErrNoPlace, JSONL)
			}
		}
		_, err := fmt.Fprintf(b, "%s\t%s\t%d\n", q.ID, document, grade)
		return err
	})
	return errors.Join(err, b.Flush())
}

// relevant counts the documents of a query with a grade of rel or more.
func relevant(judged map[string]int, rel int) (n int) {
	for _, grade := range judged {
		if grade >= rel {
			n++
		}
	}
	return n
}
