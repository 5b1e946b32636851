package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/rerank/qwen3"
)

// build is what this program is: the form of `version --json`.
type build struct {
	Version  string `json:"version"`  // of the module: v1.2.3, or (devel) for a build that has none
	Revision string `json:"revision"` // of the sources, where the build knows it; "+" at the end: changed since
	Go       string `json:"go"`
	Platform string `json:"platform"` // system/architecture
	Kernel   string `json:"kernel"`   // the arithmetic that models run on here
}

func newVersion() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version, and the arithmetic that models run on here",
		Example: "  quern version --json",
		Args:    arguments(cobra.NoArgs, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := thisBuild()
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), b)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "quern %s (%s, %s, kernel %s)\n", b.Version, b.Go, b.Platform, b.Kernel)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func thisBuild() (build, error) {
	kernel, err := qwen3.BestKernel()
	if err != nil {
		return build{}, err
	}
	b := build{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Kernel: kernel}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b, nil
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.Revision = s.Value + b.Revision
		case s.Key == "vcs.modified" && s.Value == "true":
			b.Revision += "+"
		}
	}
	return b, nil
}
