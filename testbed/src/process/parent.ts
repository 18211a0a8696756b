/**
 * A command that the kernel kills when the process that started it dies, however that dies.
 * The pid stays that of the program, since `setpriv` replaces itself with it; a program
 * that does not exist exits 127.
 */
export const dyingWithParent = (command: string, args: readonly string[]): [string, ...string[]] => ["setpriv", "--pdeathsig", "KILL", "--", command, ...args];
