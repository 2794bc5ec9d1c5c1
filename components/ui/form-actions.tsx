import { Button } from './button';

interface Props {
  /** What sending does: "Place the hold". */
  action: string;
  onCancel: () => void;
  busy?: boolean;
  disabled?: boolean;
}

/** The end of a form in a dialog: leave it, or send it. */
export function FormActions({ action, onCancel, busy = false, disabled = false }: Props) {
  return (
    <div className="flex justify-end gap-2">
      <Button onClick={onCancel}>Cancel</Button>
      <Button type="submit" tone="primary" busy={busy} disabled={disabled}>
        {action}
      </Button>
    </div>
  );
}
