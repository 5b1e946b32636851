package eval

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// The forms of TREC: lines of fields with white space between, which therefore cannot stand in an ID.

func readTREC(r io.Reader, name string) (Judgments, []error, error) {
	g := newGatherer()
	warnings, err := eachLine(r, name, func(_ int, text []byte) error {
		fields := strings.Fields(string(text))
		if len(fields) != 4 {
			return fmt.Errorf("%d fields: want query, iteration, document and grade", len(fields))
		}
		grade, err := parseGrade(fields[3])
		if err != nil {
			return err
		}
		return g.judge(fields[0], fields[2], grade)
	})
	return g.Judgments, warnings, err
}

func writeTREC(w io.Writer, j Judgments) error {
	b := bufio.NewWriter(w)
	err := j.eachJudgment(func(q Query, document string, grade int) error {
		if err := fieldsOfTREC(q.ID, document); err != nil {
			return err
		}
		_, err := fmt.Fprintf(b, "%s 0 %s %d\n", q.ID, document, grade)
		return err
	})
	return errors.Join(err, b.Flush())
}

// fieldsOfTREC tells whether IDs can be fields of a line.
func fieldsOfTREC(ids ...string) error {
	for _, id := range ids {
		if id == "" || strings.ContainsFunc(id, unicode.IsSpace) {
			return fmt.Errorf("white space in %q, or nothing: %w in TREC's: try %s", id, ErrNoPlace, JSONL)
		}
	}
	return nil
}

// parseTREC takes a line of a run apart. The rank is not read: trec_eval goes by the score alone.
func parseTREC(line string) (query string, result Ranked, err error) {
	fields := strings.Fields(line)
	if len(fields) != 6 {
		return "", result, fmt.Errorf("%d fields: want query, Q0, document, rank, score and tag", len(fields))
	}
	score, err := strconv.ParseFloat(fields[4], 64)
	if err != nil || math.IsNaN(score) || math.IsInf(score, 0) {
		return "", result, fmt.Errorf("score %q is not a number", fields[4])
	}
	return fields[0], Ranked{fields[2], score}, nil
}

func writeTRECRun(w io.Writer, run Run, tag string) error {
	b := bufio.NewWriter(w)
	tag = cmp.Or(strings.Join(strings.Fields(tag), "_"), "quern")
	err := run.each(func(query string, rank int, document string, score float32) error {
		if err := fieldsOfTREC(query, document); err != nil {
			return err
		}
		_, err := fmt.Fprintf(b, "%s Q0 %s %d %s %s\n", query, document, rank, strconv.FormatFloat(float64(score), 'g', -1, 32), tag)
		return err
	})
	return errors.Join(err, b.Flush())
}
