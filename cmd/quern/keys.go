package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/web/keyring"
)

// defaultKeysFile is the file that `quern keys` works on unless it is told another.
const defaultKeysFile = "quern-keys.json"

func newKeys() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Add, list and revoke the keys that let programs use a server",
		Long: `keys keeps a file of the keys with which programs may use ` + "`quern serve --keys FILE`" + `: a hash of each, its name, its
limits, and when it ends. A server that runs takes up a change within a second. It counts what is done with each key, in
FILE.usage, which it writes every 5 s and when it ends.`,
		Example: `  quern keys add shop --requests 60 --tokens 100000 --concurrent 4 --expires 90d
  quern keys list
  quern keys revoke shop`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&file, "keys", defaultKeysFile, "the `FILE` of the keys")
	cmd.AddCommand(newKeysAdd(&file), newKeysList(&file), newKeysRevoke(&file))
	return cmd
}

func newKeysAdd(file *string) *cobra.Command {
	var k keyring.Key
	var expires string
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a key, and print its secret once",
		Long: `add makes a key and prints its secret on standard output, this once: the file has a hash of it only. It makes the file
if there is none. Without a limit the key has none; a limit a minute may be used at once and comes back evenly.`,
		Example: `  quern keys add shop
  quern keys add shop --requests 60 --tokens 100000 --concurrent 4 --expires 90d
  quern keys add guest --expires 2027-03-01`,
		Args: arguments(cobra.ExactArgs(1), "one name for the key"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := cmp.Or(positive(cmd, "requests", k.Requests), positive(cmd, "tokens", k.Tokens), positive(cmd, "concurrent", k.Concurrent)); err != nil {
				return err
			}
			secret, now := keyring.NewSecret(), time.Now().UTC().Truncate(time.Second)
			if k.Expires, err = parseEnd(expires, now); err != nil {
				return err
			}
			k.Name, k.Hash, k.Created = args[0], keyring.HashOf(secret), now
			if err := keyring.Add(*file, k); err != nil {
				return err
			}
			if _, err := fmt.Fprintln(cmd.OutOrStdout(), secret); err != nil {
				return fmt.Errorf("the secret of %q cannot be printed, and is lost: %w: make another, after quern keys revoke %s", k.Name, err, k.Name)
			}
			_, err = fmt.Fprintf(cmd.ErrOrStderr(), "quern: that is the secret of %q, which is shown this once; %s has its hash: quern serve --keys %s\n", k.Name, *file, *file)
			return err
		},
	}
	cmd.Flags().IntVar(&k.Requests, "requests", 0, "let it make `N` requests a minute")
	cmd.Flags().IntVar(&k.Tokens, "tokens", 0, "let the model read `N` tokens a minute for it; a request is charged when it is over, and the next has to wait until that is paid")
	cmd.Flags().IntVar(&k.Concurrent, "concurrent", 0, "let it make `N` requests at the same time")
	cmd.Flags().StringVar(&expires, "expires", "", "end it after a `TIME` such as 90d or 12h, or on a day such as 2027-03-01, when that begins in UTC")
	return cmd
}

// positive refuses a limit of 0: it would be none, and may have been meant as the strictest.
func positive(cmd *cobra.Command, flag string, n int) error {
	if n < 1 && cmd.Flags().Changed(flag) {
		return usagef("--%s is %d: give 1 or more, or leave it out for no limit", flag, n)
	}
	return nil
}

// maxDays bounds how long a key can live: 100 years. More is a slip of the hand, and would overflow.
const maxDays = 36500

// parseEnd reads when a key ends: a number of days, any time that Go knows, or a day. Empty: never.
func parseEnd(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	end, err := time.Parse(time.DateOnly, text)
	if err != nil {
		var after time.Duration
		if days, found := strings.CutSuffix(text, "d"); found {
			var n int
			n, err = strconv.Atoi(days)
			after = time.Duration(min(n, maxDays)) * 24 * time.Hour
		} else {
			after, err = time.ParseDuration(text)
		}
		end = now.Add(after)
	}
	if err != nil || !end.After(now) {
		return time.Time{}, usagef("--expires is %.40q: give a time to come, such as 90d, 12h or 2027-03-01", text)
	}
	return end, nil
}

func newKeysRevoke(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke NAME",
		Short: "Have a key let nobody in any more",
		Long: `revoke ends a key. It stays in the file, so that its usage can be read; its name is not given again. A server that runs
refuses it within a second, but for what is under way.`,
		Example: "  quern keys revoke shop",
		Args:    arguments(cobra.ExactArgs(1), "the name of one key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noSuchFile(keyring.Revoke(*file, args[0]), *file); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.ErrOrStderr(), "quern: %q is revoked\n", args[0])
			return err
		},
	}
}

// noSuchFile says what to do where there is no file of keys.
func noSuchFile(err error, file string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file of keys %q: name another with --keys, or make it with quern keys add NAME", file)
	}
	return err
}

// keyReport is what is known of a key: the form of `keys list --json`.
type keyReport struct {
	Name       string        `json:"name"`
	State      string        `json:"state"` // "active", "expired" or "revoked"
	Requests   int           `json:"requests_per_minute"`
	Tokens     int           `json:"tokens_per_minute"`
	Concurrent int           `json:"concurrent"` // 0: no limit, so for the two above
	Created    time.Time     `json:"created,omitzero"`
	Expires    time.Time     `json:"expires,omitzero"`
	Revoked    time.Time     `json:"revoked,omitzero"`
	Usage      keyring.Usage `json:"usage"`
}

func newKeysList(file *string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Show keys, limits and usage",
		Long:    "list shows every key of the file, its limits, and what was done with it; neither secrets nor hashes.",
		Example: "  quern keys list --json",
		Args:    arguments(cobra.NoArgs, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			keys, err := keyring.Read(*file)
			if err != nil {
				return noSuchFile(err, *file)
			}
			usage, err := keyring.ReadUsage(*file)
			if err != nil {
				return err
			}
			now, all := time.Now(), []keyReport{}
			for _, k := range keys {
				all = append(all, keyReport{k.Name, k.State(now), k.Requests, k.Tokens, k.Concurrent, k.Created, k.Expires, k.Revoked, usage[k.Name]})
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), all)
			}
			return writeKeys(cmd.OutOrStdout(), all)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func writeKeys(w io.Writer, keys []keyReport) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "name\tstate\texpires\trequests/min\ttokens/min\tconcurrent\trequests\ttokens\trefused\tlast used")
	limit := func(n int) string {
		if n == 0 {
			return "-"
		}
		return strconv.Itoa(n)
	}
	for _, k := range keys {
		expires := "-"
		if !k.Expires.IsZero() {
			expires = k.Expires.UTC().Format(time.DateOnly)
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", k.Name, k.State, expires,
			limit(k.Requests), limit(k.Tokens), limit(k.Concurrent), k.Usage.Requests, k.Usage.Tokens, k.Usage.Refused, cmp.Or(k.Usage.LastUsed, "-"))
	}
	return columns.Flush()
}
