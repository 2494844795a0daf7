// Mockforge is the command line of MockForge Observability: a client of the control API of a collector.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mockforge:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	var to control
	command := &cobra.Command{
		Use:           "mockforge",
		Short:         "The command line of MockForge Observability, a client of a collector's control API",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	command.PersistentFlags().StringVar(&to.url, "url", "http://127.0.0.1:4600", "where the control API is")
	command.PersistentFlags().StringVar(&to.tokenFile, "token-file", "", "a file with the bearer token of the control API; else MOCKFORGE_TOKEN of the environment")
	command.AddCommand(recordings(&to))
	return command
}

func recordings(to *control) *cobra.Command {
	command := &cobra.Command{Use: "recordings", Short: "Move recordings from and to files"}
	command.AddCommand(exporting(to), importing(to))
	return command
}
