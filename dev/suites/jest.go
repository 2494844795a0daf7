package suites

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// reports has the machine-readable results of suites. It is not committed.
const reports = ".demo/reports"

// Frontend runs the unit tests of the frontend.
func Frontend() Suite {
	return Suite{"Frontend tests", func(ctx context.Context, out io.Writer) (Result, error) {
		report, err := reportFile("jest.json")
		if err != nil {
			return Result{}, err
		}
		command := exec.CommandContext(ctx, "npm", "run", "--silent", "test:ci", "--", "--json", "--outputFile="+report)
		command.Stderr = out // jest's own report; the JSON goes to the file
		command.WaitDelay = 5 * time.Second
		runErr := command.Run()
		var counts struct {
			NumPassedTests, NumFailedTests, NumPendingTests, NumTodoTests, NumRuntimeErrorTestSuites int
		}
		if err := readReport(report, &counts); err != nil {
			return Result{}, errors.Join(runErr, err)
		}
		result := Result{
			Passed:  counts.NumPassedTests,
			Failed:  counts.NumFailedTests + counts.NumRuntimeErrorTestSuites,
			Skipped: counts.NumPendingTests + counts.NumTodoTests,
		}
		return result, exitError(runErr, result)
	}}
}

// reportFile returns the absolute path of a report, without the one of an earlier run.
func reportFile(name string) (string, error) {
	if err := os.MkdirAll(reports, 0o755); err != nil {
		return "", err
	}
	path, err := filepath.Abs(filepath.Join(reports, name))
	if err != nil {
		return "", err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return path, nil
}

func readReport(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("there is no report: %w", err)
	}
	return json.Unmarshal(content, into)
}
