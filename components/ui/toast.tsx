'use client';

import { Toast as Base } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';

function ToastList() {
  const { toasts } = Base.useToastManager();
  return (
    <Base.Portal>
      <Base.Viewport className="fixed right-4 bottom-4 z-60 flex w-[min(360px,calc(100vw-32px))] flex-col gap-2 print:hidden">
        {toasts.map((toast) => (
          <Base.Root key={toast.id} toast={toast} className="popup flex items-start gap-3 px-3 py-2">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-sm font-medium" />
              <Base.Description className="text-sm text-ink-2" />
            </div>
            <Base.Close aria-label="Dismiss" className="grid size-5 place-items-center rounded text-ink-3 hover:text-ink">
              <X size={14} aria-hidden />
            </Base.Close>
          </Base.Root>
        ))}
      </Base.Viewport>
    </Base.Portal>
  );
}

export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Base.Provider timeout={6000} limit={3}>
      {children}
      <ToastList />
    </Base.Provider>
  );
}

/** Say what has happened, in one sentence. */
export function useToast(): (title: string, description?: string) => void {
  const manager = Base.useToastManager();
  return (title, description) => {
    manager.add({ title, description });
  };
}
