// Package suites runs every test suite of the project and adds up what they say: Go, frontend, type check, linters,
// browser tests.
package suites

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Result is what one suite, or all of them, came to.
type Result struct {
	Passed, Failed, Skipped int
}

// Add adds another suite's result.
func (r *Result) Add(other Result) {
	r.Passed += other.Passed
	r.Failed += other.Failed
	r.Skipped += other.Skipped
}

// String returns the last line of a run: "120 passed, 0 failed, 3 skipped".
func (r Result) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", r.Passed, r.Failed, r.Skipped)
}

// Suite is one kind of tests.
type Suite struct {
	Name string
	Run  func(ctx context.Context, out io.Writer) (Result, error)
}

// unavailable is an error of a suite that could not run for want of something on the machine.
type unavailable struct{ reason string }

func (u unavailable) Error() string { return u.reason }

// inCI reports whether nothing may be left out.
func inCI() bool {
	value := os.Getenv("CI")
	return value != "" && value != "false" && value != "0"
}

// Run runs the suites one after another, goes on where one fails, and ends with the line that sums up. A suite that
// cannot run on this machine counts as skipped, in CI as failed.
func Run(ctx context.Context, out io.Writer, suites ...Suite) error {
	var total Result
	for _, suite := range suites {
		fmt.Fprintf(out, "\n=== %s\n", suite.Name)
		started := time.Now()
		result, err := suite.Run(ctx, out)
		var missing unavailable
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &missing) && inCI():
			fmt.Fprintf(out, "FAILED: %v (in CI nothing may be left out)\n", missing)
			result.Failed++
		case errors.As(err, &missing):
			fmt.Fprintf(out, "SKIPPED: %v\n", missing)
			result.Skipped++
		case err != nil:
			fmt.Fprintf(out, "FAILED: %v\n", err)
			if result.Failed == 0 {
				result.Failed++
			}
		}
		fmt.Fprintf(out, "--- %s: %s, in %.0f s\n", suite.Name, result, time.Since(started).Seconds())
		total.Add(result)
	}
	fmt.Fprintf(out, "\n%s\n", total)
	if total.Failed > 0 {
		return fmt.Errorf("%d failed", total.Failed)
	}
	return nil
}
