package kernel

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Best returns the fastest Set that this CPU runs. The environment variable QUERN_CPU names another one ("generic" is
// always there), or one that is only taken if it is asked for; an unknown or impossible name is an error that lists what
// there is.
func Best() (Set, error) {
	name := os.Getenv("QUERN_CPU")
	if name == "" {
		sets := Sets()
		return sets[len(sets)-1], nil
	}
	var names []string
	for _, s := range all() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Set{}, fmt.Errorf("kernel: QUERN_CPU=%q is not a kernel that this machine runs: unset it, or use one of: %s",
		name, strings.Join(names, ", "))
}

// Sets returns every Set that this CPU runs, slowest first, without those that are only taken if they are asked for, unless
// QUERN_CPU asks for one.
func Sets() []Set {
	name := os.Getenv("QUERN_CPU")
	return slices.DeleteFunc(all(), func(s Set) bool { return s.Asked && s.Name != name })
}

func all() []Set { return append([]Set{generic()}, native()...) }
