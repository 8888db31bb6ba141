"""From a configuration to a finished run file: begin, learn under a display, evaluate, save, and say what came out."""
