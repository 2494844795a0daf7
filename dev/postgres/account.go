package devpostgres

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
)

// account is whom the server runs as, where that is not the caller: PostgreSQL refuses to run as root. nil is the caller.
type account struct {
	user     string
	uid, gid int
}

func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return &account{user: name, uid: uid, gid: gid}, nil
		}
	}
	return nil, fmt.Errorf("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody: run as another user or set %s", EnvironmentDSN)
}

func (a *account) name() string {
	if a == nil {
		return "of the caller"
	}
	return a.user
}

// own hands path over to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}
