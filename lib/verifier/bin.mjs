#!/usr/bin/env node
throw new Error('not built yet');
