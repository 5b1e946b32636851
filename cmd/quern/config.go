package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// configFlag names a file of settings: what `quern tune` writes, or people do.
type configFlag struct{ file string }

func (f *configFlag) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "config", "", "take flags from `FILE`, TOML with lines such as window = 30; those of the command line go first")
}

// apply sets the flags that the file has and the command line has not.
func (f configFlag) apply(cmd *cobra.Command) error {
	if f.file == "" {
		return nil
	}
	text, err := os.ReadFile(f.file)
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	var values map[string]any
	if err := toml.Unmarshal(text, &values); err != nil {
		if at := (*toml.DecodeError)(nil); errors.As(err, &at) {
			line, _ := at.Position()
			return fmt.Errorf("config %q: line %d: %w", f.file, line, err)
		}
		return fmt.Errorf("config %q: %w", f.file, err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		flag := cmd.Flags().Lookup(name)
		switch {
		case flag == nil || name == "config" || name == "help":
			return fmt.Errorf("config %q: %q is no flag of %q: see %q", f.file, name, cmd.CommandPath(), cmd.CommandPath()+" --help")
		case flag.Changed:
			continue
		}
		for _, text := range textsOf(values[name]) {
			if err := cmd.Flags().Set(name, text); err != nil {
				return fmt.Errorf("config %q: %s is %q: give %s", f.file, name, text, kindOf(flag))
			}
		}
	}
	return nil
}

// textsOf are the values of a flag as they would be typed: one, or one for each time that it is given.
func textsOf(value any) (texts []string) {
	list, many := value.([]any)
	if !many {
		return []string{fmt.Sprint(value)}
	}
	for _, one := range list {
		texts = append(texts, fmt.Sprint(one))
	}
	return texts
}
