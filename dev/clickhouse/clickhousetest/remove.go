package clickhousetest

import (
	"os"
	"os/exec"
	"strconv"

	devclickhouse "github.com/mockforge/mockforge-observability-app/dev/clickhouse"
)

// atExit is the pipe whose end tells the remover that this process is gone.
var atExit *os.File //nolint:unused // held open, never read

// removeAtExit has a shell wait for the end of this process, however it comes, and then end its servers and remove their files: a package of tests has no hook at its end other than TestMain, which belongs to the tests.
func removeAtExit(directory string, servers []*devclickhouse.Server) {
	const script = `read -r _
directory=$1
shift
kill -9 "$@" 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$directory" 2>/dev/null; [ -d "$directory" ] || break; sleep 0.5; done`
	var pids []string
	for _, server := range servers {
		pids = append(pids, strconv.Itoa(server.PID()))
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		return
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return
	}
	defer reader.Close()
	command := exec.Command(shell, append([]string{"-c", script, "sh", directory}, pids...)...)
	command.Stdin = reader
	ownGroup(command)
	if command.Start() != nil {
		_ = writer.Close()
		return
	}
	atExit = writer
}
