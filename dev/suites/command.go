package suites

import (
	"context"
	"io"
	"os/exec"
	"time"
)

// command returns a suite that counts as one test: a type check or a linter.
func command(name string, arguments ...string) Suite {
	return Suite{name, func(ctx context.Context, out io.Writer) (Result, error) {
		c := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
		c.Stdout, c.Stderr = out, out
		c.WaitDelay = 5 * time.Second
		if err := c.Run(); err != nil {
			return Result{Failed: 1}, err
		}
		return Result{Passed: 1}, nil
	}}
}

// TypeCheck returns the TypeScript compiler's.
func TypeCheck() Suite { return command("Type check", "npm", "run", "--silent", "typecheck") }

// ESLint returns the linter of the frontend.
func ESLint() Suite { return command("ESLint", "npm", "run", "--silent", "lint") }
