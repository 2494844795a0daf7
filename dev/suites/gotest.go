package suites

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// unraced is the package that is tested without the race detector: SQLite is C that was translated to Go, with which it takes ten times as
// long. The tests of all who use the store have the detector.
const unraced = "github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"

// Go runs the Go tests of packages, with the race detector where the machine has a C compiler.
func Go(packages ...string) Suite {
	return Suite{"Go tests", func(ctx context.Context, out io.Writer) (Result, error) {
		var missing error
		environment := os.Environ()
		var detector []string
		if err := needCompiler(ctx, out); err != nil {
			missing = unavailable{"the race detector: " + err.Error()}
		} else {
			detector = []string{"-race"}
			environment = append(environment, "CGO_ENABLED=1")
		}
		environment = withPrometheus(ctx, out, environment)
		needPgBouncer(ctx, out)
		needClickHouse(ctx, out)
		raced, rest, err := apart(ctx, packages)
		if err != nil {
			return Result{}, err
		}
		result, err := goTest(ctx, out, environment, append(detector, raced...))
		if len(rest) == 0 || ctx.Err() != nil {
			return result, errors.Join(err, missing)
		}
		more, failed := goTest(ctx, out, environment, rest)
		result.Add(more)
		return result, errors.Join(err, failed, missing)
	}}
}

// apart lists packages, those that are tested without the race detector apart.
func apart(ctx context.Context, packages []string) (raced, rest []string, err error) {
	listed, err := exec.CommandContext(ctx, "go", append([]string{"list"}, packages...)...).Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go list: %w", err)
	}
	for name := range strings.FieldsSeq(string(listed)) {
		if name == unraced {
			rest = append(rest, name)
		} else {
			raced = append(raced, name)
		}
	}
	return raced, rest, nil
}

// goTest runs the tests of packages. It returns an error where the exit says what the counts do not.
func goTest(ctx context.Context, out io.Writer, environment, arguments []string) (Result, error) {
	command := exec.CommandContext(ctx, "go", append([]string{"test", "-json", "-timeout", "10m"}, arguments...)...)
	command.Env = environment
	command.Stderr = out
	command.WaitDelay = 10 * time.Second
	events, err := command.StdoutPipe()
	if err != nil {
		return Result{}, err
	}
	if err := command.Start(); err != nil {
		return Result{}, err
	}
	result, err := readGoTest(events, out)
	return result, errors.Join(err, exitError(command.Wait(), result))
}

// exitError returns what a suite's exit says that its counts do not.
func exitError(err error, result Result) error {
	if err == nil || result.Failed > 0 {
		return nil
	}
	return err
}

// event is one line of go test -json; see go doc test2json.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
	Elapsed    float64
}

// readGoTest counts tests and subtests. It prints one line per package, the output of what failed, and the reason of
// what was skipped.
func readGoTest(events io.Reader, out io.Writer) (Result, error) {
	var total Result
	output := map[string]*strings.Builder{}
	failures := map[string]int{}
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(out, "%s", line) // not of go test: a message of the go command
			} else {
				count(e, &total, output, failures, out)
			}
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

func count(e event, total *Result, output map[string]*strings.Builder, failures map[string]int, out io.Writer) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		if output[key] == nil {
			output[key] = &strings.Builder{}
		}
		output[key].WriteString(e.Output)
	case "build-output":
		fmt.Fprint(out, e.Output)
	case "pass", "fail", "skip":
		said := ""
		if b := output[key]; b != nil {
			said = b.String()
			delete(output, key)
		}
		if e.Test != "" {
			switch e.Action {
			case "pass":
				total.Passed++
			case "skip":
				total.Skipped++
				fmt.Fprint(out, said)
			case "fail":
				total.Failed++
				failures[e.Package]++
				fmt.Fprint(out, said)
			}
			return
		}
		if e.Action == "fail" {
			fmt.Fprint(out, said)
			if failures[e.Package] == 0 { // it did not build, or ended outside of any test
				total.Failed++
			}
		}
		if e.Action != "skip" { // a package without tests
			fmt.Fprintf(out, "%-4s %s (%.1f s)\n", e.Action, e.Package, e.Elapsed)
		}
	}
}
