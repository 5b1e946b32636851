package eval

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Qrels are relevance judgments: query ID, document ID, grade. A grade above 0 is relevant, and the more the higher;
// 0 and below is judged not relevant; what is missing was not judged.
type Qrels map[string]map[string]int

// ReadQrels reads qrels as BEIR has them: a header line, then query ID, document ID and grade, with tabs between.
// Lines that are none are left out; where a pair is judged twice and differently the last line counts. A warning
// tells of each, with name and line.
func ReadQrels(r io.Reader, name string) (qrels Qrels, warnings []error, err error) {
	qrels = Qrels{}
	warnings, err = eachLine(r, name, func(line int, text []byte) error {
		query, document, grade, err := parseQrel(string(text))
		if line == 1 {
			if err != nil {
				return nil // the header
			}
			err = errors.New("a judgment where the header should be: it counts")
		}
		if query == "" {
			return err
		}
		if before, ok := qrels[query][document]; ok && before != grade {
			err = fmt.Errorf("query %q, document %q: grade %d, before it was %d: the last one counts", query, document, grade, before)
		}
		if qrels[query] == nil {
			qrels[query] = map[string]int{}
		}
		qrels[query][document] = grade
		return err
	})
	return qrels, warnings, err
}

// parseQrel takes a line apart. With an error, query is empty.
func parseQrel(line string) (query, document string, grade int, err error) {
	fields := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
	if len(fields) != 3 {
		return "", "", 0, fmt.Errorf("%d fields: want query, document and grade, with a tab between each", len(fields))
	}
	query, document = strings.TrimSpace(fields[0]), strings.TrimSpace(fields[1])
	if query == "" || document == "" {
		return "", "", 0, errors.New("an empty ID")
	}
	grade, err = strconv.Atoi(strings.TrimSpace(fields[2]))
	if err != nil {
		return "", "", 0, fmt.Errorf("grade %q is not a whole number", fields[2])
	}
	return query, document, grade, nil
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
