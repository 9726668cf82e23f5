# SPDX-License-Identifier: Apache-2.0
#
# Completion for bash: commands and options are those that the program itself tells of, so that
# none is missing here.

_tribes_commands() {
  command tribes --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
}

_tribes_options() {
  command tribes "$1" --help 2>/dev/null |
    grep -o -- '--[a-z][a-z-]*=\{0,1\}' | sort -u
}

# Words of an option's value where they are few.
_tribes_values() {
  case $1:$2 in
    *:--format) command tribes "$1" --help 2>/dev/null |
      sed -n '/--format/,/^ *-[^f]/{/--format/s/.*FORMAT//;p}' | tr -cs 'a-z' '\n' |
      grep -x 'text\|json\|raw\|html\|frames\|nagios\|prometheus' | sort -u ;;
    top:--by) printf '%s\n' pair context session attribute class ;;
    top:--sort) printf '%s\n' rate byte-rate messages bytes p50 p95 p99 missing failed name ;;
    decode:--as) command tribes decode --as= - 2>&1 </dev/null |
      sed -n 's/.* one of //p' | tr -d , ;;
    diff:--repair) echo newest ;;
    *:--tomcat) printf '%s\n' 7.0 8.5 9.0 10.1 11.0 12.0 ;;
    *) return 1 ;;
  esac
}

_tribes() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local option= values
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_tribes_commands) help --help --version" -- "$word")
    return
  fi
  # An equals sign is a word of its own.
  if [ "$word" = "=" ]; then
    option=$before word=
  elif [ "$before" = "=" ]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $before == --* ]]; then
    option=$before
  fi
  if [ -n "$option" ] && values=$(_tribes_values "$command" "$option"); then
    mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
  elif [ "$command" = help ]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_tribes_commands)" -- "$word")
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_tribes_options "$command")" -- "$word")
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    compopt -o filenames 2>/dev/null
  fi
}

complete -F _tribes tribes
