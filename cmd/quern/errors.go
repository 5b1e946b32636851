package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The exit statuses.
const (
	exitOK      = 0
	exitFailure = 1 // the command was understood, and could not do its work
	exitUsage   = 2 // the command line makes no sense: it will not next time either
)

// A usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usagef makes a usageError of a message, which says what to give instead.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// report tells err the way all messages of this program are told, and returns the exit status. A message is one line,
// "quern: what is wrong: what to try", in lower case and without a final period; after a usage error a second line says
// where to read on.
func report(stderr io.Writer, cmd *cobra.Command, err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, context.Canceled) && cmd.Context().Err() != nil {
		fmt.Fprintln(stderr, "quern: interrupted")
		return exitFailure
	}
	fmt.Fprintf(stderr, "quern: %s\n", oneLine(err.Error()))
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "run %q\n", cmd.CommandPath()+" --help")
		return exitUsage
	}
	return exitFailure
}

// warnf tells what is wrong but does not stop the work.
func warnf(stderr io.Writer, format string, args ...any) {
	fmt.Fprintf(stderr, "quern: warning: %s\n", oneLine(fmt.Sprintf(format, args...)))
}

// arguments says in this program's words what an argument check of cobra's finds.
func arguments(check cobra.PositionalArgs, want string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		return usagef("%d arguments after %q: give %s", len(args), cmd.CommandPath(), want)
	}
}

// flagError rewrites the flag parser's errors, which speak of strconv and Go's types.
func flagError(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	switch {
	case errors.As(err, &invalid):
		flag := invalid.GetFlag()
		return usagef("--%s is %q: give %s", flag.Name, invalid.GetValue(), kindOf(flag))
	case errors.As(err, &unknown):
		return usagef("there is no flag %s", dashed(unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames() != ""))
	case errors.As(err, &empty):
		name := dashed(empty.GetSpecifiedName(), empty.GetSpecifiedShortnames() != "")
		return usagef("%s has no value: give %s", name, kindOf(empty.GetFlag()))
	}
	return usageError{err}
}

// dashed is a flag as it was typed.
func dashed(name string, short bool) string {
	if short {
		return "-" + name
	}
	return "--" + name
}

// kindOf says in words what a flag takes.
func kindOf(flag *pflag.Flag) string {
	switch flag.Value.Type() {
	case "int":
		return "a whole number"
	case "float64":
		return "a number"
	case "intSlice":
		return "whole numbers with commas between"
	case "float64Slice":
		return "numbers with commas between"
	case "duration":
		return "a time such as 500ms, 15s or 2m"
	case "bool":
		return "true or false, or nothing"
	}
	name, _ := pflag.UnquoteUsage(flag)
	return name
}

// inRange checks that a flag's number lies in a range.
func inRange[N int | float64](flag string, n, least, most N) error {
	if n >= least && n <= most { // so written, NaN is refused too
		return nil
	}
	return usagef("--%s is %v: give a number from %v to %v", flag, n, least, most)
}
