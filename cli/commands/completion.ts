import type { Command } from 'commander';
import { Argument } from 'commander';
import { EXIT } from '../exit-codes.ts';
import type { Host } from './verb.ts';
import { plainVerb } from './verb.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** `berth completion SHELL`: a script for the shell, made from the commands as they are. */
export function completionCommand({ session, finish }: Host, program: Command): Command {
  return plainVerb('completion', 'Write a completion script for a shell to stdout', [
    'source <(berth completion bash)',
    'berth completion zsh > "${fpath[1]}/_berth"',
    'berth completion fish > ~/.config/fish/completions/berth.fish',
  ])
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => {
      session.terminal.out.write(SCRIPTS[shell](wordsOf(program)));
      finish(EXIT.ok);
    });
}

interface Words {
  /** Commands so far, such as `cluster set`; empty for `berth` itself. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly about: string }[];
}

/** What may follow each path of commands. */
function wordsOf(program: Command, path: readonly string[] = []): readonly Words[] {
  const commands = program.commands.map((command) => ({
    word: command.name(),
    about: command.description(),
  }));
  const options = program.options.flatMap(({ long, description }) =>
    long ? [{ word: long, about: description }] : [],
  );
  const choices = program.registeredArguments.flatMap(({ argChoices }) =>
    (argChoices ?? []).map((word) => ({ word, about: '' })),
  );
  const help = { word: '--help', about: 'show help' };
  return [
    { path: path.join(' '), words: [...commands, ...choices, ...options, help] },
    ...program.commands.flatMap((command) => wordsOf(command, [...path, command.name()])),
  ];
}

/** Files complete by the shell's own means where no word fits, so that `-f` finds them. */
const SCRIPTS: Readonly<Record<Shell, (all: readonly Words[]) => string>> = {
  bash: (all) => `# bash completion for berth
_berth() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases(all, (words) => `words="${words}"`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _berth berth
`,
  zsh: (all) => `#compdef berth
_berth() {
  local path_so_far="" word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in -*) ;; *) path_so_far="\${path_so_far:+$path_so_far }$word" ;; esac
  done
  case "$path_so_far" in
${cases(all, (words) => `candidates=(${words})`)}
  esac
  compadd -- $candidates || _files
}
# Run by the shell as a file of fpath, or read by \`source\`: only the first is a completion that is asked for.
if [ "$funcstack[1]" = "_berth" ]; then
  _berth "$@"
else
  compdef _berth berth
fi
`,
  fish: (all) => `# fish completion for berth
${all.flatMap(fishLines).join('\n')}
`,
};

/** One branch a path; what follows a known path (an argument) keeps that path's words. The longest path comes first. */
function cases(all: readonly Words[], body: (words: string) => string): string {
  return [...all]
    .sort((a, b) => b.path.length - a.path.length)
    .map(({ path, words }) => {
      const pattern = path === '' ? '*' : `"${path}"|"${path} "*`;
      return `    ${pattern}) ${body(words.map(({ word }) => word).join(' '))} ;;`;
    })
    .join('\n');
}

function fishLines({ path, words }: Words): readonly string[] {
  const seen = path.split(' ').filter((part) => part !== '');
  const condition =
    seen.length === 0
      ? '__fish_use_subcommand'
      : seen.map((part) => `__fish_seen_subcommand_from ${part}`).join('; and ');
  return words.map(({ word, about }) => {
    const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
    const text = about.replace(/'/g, "\\'");
    return `complete -c berth -n '${condition}' ${what}${text === '' ? '' : ` -d '${text}'`}`;
  });
}
